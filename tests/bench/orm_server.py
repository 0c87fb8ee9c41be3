"""Peer: the stack that the designs name: FastAPI takes a batch, SQLAlchemy's ORM inserts it, uvicorn on uvloop serves.

It is given what it can use without leaving the ORM: async sessions on asyncpg, one commit a batch, ids handed out by
the application so that no INSERT must return any, the same columns and indexes, and the same cell and provider. It does
without the fence, quarantine, streams and roll-ups.
"""

import datetime
import os
import sys
import uuid
from collections.abc import AsyncIterator
from typing import Annotated

import h3
import uvicorn
from fastapi import Depends, FastAPI
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy import BigInteger, Double, text
from sqlalchemy.dialects.postgresql import REAL, TIMESTAMP
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

URL = "ORM_DATABASE_URL"
PROVIDERS = {"MTN Cameroon": 1, "Orange Cameroun": 2, "Camtel": 3}
GENERATIONS = {"LTE": "4G", "LTE-A": "4G", "HSPA+": "3G", "5G-NSA": "5G"}


class Base(DeclarativeBase):
    pass


class Measurement(Base):
    __tablename__ = "orm_measurements"
    batch: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    stream: Mapped[uuid.UUID]
    seq: Mapped[int] = mapped_column(BigInteger)
    item: Mapped[int]
    received_at: Mapped[datetime.datetime] = mapped_column(TIMESTAMP(timezone=True))
    measured_at: Mapped[datetime.datetime] = mapped_column(TIMESTAMP(timezone=True))
    device: Mapped[int] = mapped_column(BigInteger)
    subject: Mapped[int] = mapped_column(BigInteger)
    provider: Mapped[int] = mapped_column(BigInteger)
    cell: Mapped[int] = mapped_column(BigInteger)
    suspect: Mapped[bool]
    signal_dbm: Mapped[float | None] = mapped_column(REAL)
    download_mbps: Mapped[float | None] = mapped_column(REAL)
    upload_mbps: Mapped[float | None] = mapped_column(REAL)
    latency_ms: Mapped[float | None] = mapped_column(REAL)
    jitter_ms: Mapped[float | None] = mapped_column(REAL)
    packet_loss_pct: Mapped[float | None] = mapped_column(REAL)
    latitude: Mapped[float | None] = mapped_column(Double)
    longitude: Mapped[float | None] = mapped_column(Double)
    accuracy_m: Mapped[float | None] = mapped_column(REAL)
    connected: Mapped[bool | None]
    generation: Mapped[str]
    carrier: Mapped[str]
    network_type: Mapped[str | None]
    device_info: Mapped[str | None]
    app_version: Mapped[str | None]


class Item(BaseModel):
    measured_at: AwareDatetime
    carrier: Annotated[str, Field(min_length=1, max_length=128)]
    network_type: Annotated[str, Field(max_length=32)] | None = None
    signal_dbm: Annotated[float, Field(gt=-150, lt=0)] | None = None
    download_mbps: Annotated[float, Field(ge=0, le=10_000)] | None = None
    upload_mbps: Annotated[float, Field(ge=0, le=10_000)] | None = None
    latency_ms: Annotated[float, Field(ge=0, le=10_000)] | None = None
    jitter_ms: Annotated[float, Field(ge=0, le=10_000)] | None = None
    packet_loss_pct: Annotated[float, Field(ge=0, le=100)] | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    accuracy_m: Annotated[float, Field(ge=0)] | None = None
    connected: bool | None = None
    device_info: Annotated[str, Field(max_length=128)] | None = None
    app_version: Annotated[str, Field(max_length=128)] | None = None


class Batch(BaseModel):
    stream: uuid.UUID
    seq: int
    items: list[Item]


app = FastAPI()
engine = create_async_engine(os.environ.get(URL, "postgresql+asyncpg://"), pool_size=20)
sessions = async_sessionmaker(engine, expire_on_commit=False)


async def opened() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


@app.get("/readyz")
async def ready() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/measurements/batch")
async def keep(batch: Batch, session: Annotated[AsyncSession, Depends(opened)]) -> dict[str, int]:
    number = (await session.execute(text("SELECT nextval('batches')"))).scalar_one()
    now = datetime.datetime.now(datetime.UTC)
    session.add_all(
        Measurement(
            batch=number,
            position=index,
            stream=batch.stream,
            seq=batch.seq,
            item=index,
            received_at=now,
            device=1,
            subject=1,
            provider=PROVIDERS.get(item.carrier, 0),
            cell=_cell(item),
            suspect=False,
            generation=GENERATIONS.get(item.network_type or "", "unknown"),
            **item.model_dump(),
        )
        for index, item in enumerate(batch.items)
    )
    await session.commit()
    return {"stored": len(batch.items)}


def _cell(item: Item) -> int:
    if item.latitude is None or item.longitude is None:
        return 0
    return int(h3.latlng_to_cell(item.latitude, item.longitude, 8), 16)


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), loop="uvloop", access_log=False, log_level="warning")
