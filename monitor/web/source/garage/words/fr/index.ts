// Everything that the drivers' pages say, in French.
import type { GarageWords } from "../en";
import { capture } from "./capture";
import { keeping } from "./keeping";
import { result } from "./result";
import { welcome } from "./welcome";

export const fr: GarageWords = { ...capture, ...result, ...keeping, ...welcome };
