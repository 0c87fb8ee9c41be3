// Everything that the drivers' pages say, in English; the French has the same shape, and the compiler holds it to that.
import { capture } from "./capture";
import { keeping } from "./keeping";
import { result } from "./result";
import { welcome } from "./welcome";

export const en = { ...capture, ...result, ...keeping, ...welcome };

export type GarageWords = typeof en;
