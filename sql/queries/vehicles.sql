-- lines {vehicle}:
id,
name,
make,
model,
year,
fuel,
gearbox,
odometer_km,
created_at

-- name: some
-- The viewer's cars, in the order of their making.
SELECT
    {vehicle}
FROM vehicles
WHERE id > $1
ORDER BY id
LIMIT $2;

-- name: one
-- A car of the viewer's.
SELECT
    {vehicle}
FROM vehicles
WHERE id = $1;

-- name: add
-- A new car.
INSERT INTO vehicles (person, name, make, model, year, fuel, gearbox, odometer_km)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
RETURNING
    {vehicle};

-- name: change
-- What is known of a car now.
UPDATE vehicles
SET
    name = $2,
    make = $3,
    model = $4,
    year = $5,
    fuel = $6,
    gearbox = $7,
    odometer_km = $8
WHERE id = $1;

-- name: count
-- How many cars the viewer has.
SELECT count(*)
FROM vehicles;

-- name: delete
-- The car is forgotten; its diagnoses stay, without it.
DELETE FROM vehicles
WHERE id = $1
RETURNING id;
