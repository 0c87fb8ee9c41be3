// Everything that the drivers' pages say, in English; the French has the same shape, and the compiler holds it to that.
import { capture } from "./capture";
import { keeping } from "./keeping";
import { result } from "./result";
import { you } from "./you";

export const en = { ...capture, ...result, ...keeping, ...you };

export type GarageWords = typeof en;
