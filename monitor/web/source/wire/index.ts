// The shapes of everything that the server says and hears: one place to change when the wire changes.
export * from "./basics";
export * from "./people";
export * from "./network";
export * from "./quality";
export * from "./models";
export * from "./stream";
