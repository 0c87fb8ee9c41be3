// What is said in English to somebody who has just come.

export const welcome = {
  welcome: {
    title: "Welcome",
    lead: "A few words make the answers surer. All of it may stay empty, and be changed later.",
    car: "Your car",
    carHint: "Age, fuel and mileage tell which faults it can have.",
    go: "Save and begin",
    skip: "Skip",
  },
};
