// Everything that the console says, in English; the French has the same shape, and the compiler holds it to that.
import { frame } from "./frame";
import { gaps } from "./gaps";
import { keeping } from "./keeping";
import { network } from "./network";
import { phones } from "./phones";
import { quality } from "./quality";
import { servers } from "./servers";
import { terms } from "./terms";

export const en = { ...terms, ...frame, ...network, ...keeping, ...quality, ...gaps, ...phones, servers };

export type Words = typeof en;
