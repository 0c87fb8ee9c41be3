// Everything that the drivers' pages say, in English; the French has the same shape, and the compiler holds it to that.
import { capture } from "./capture";
import { keeping } from "./keeping";
import { result } from "./result";

export const en = { ...capture, ...result, ...keeping };

export type GarageWords = typeof en;
