// Everything that the console says, in French.
import type { Words } from "../en";
import { frame } from "./frame";
import { gaps } from "./gaps";
import { keeping } from "./keeping";
import { models } from "./models";
import { network } from "./network";
import { phones } from "./phones";
import { quality } from "./quality";
import { refused } from "./refusals";
import { servers } from "./servers";
import { take } from "./take";
import { terms } from "./terms";
import { you } from "./you";

export const fr: Words = { ...terms, ...frame, ...network, ...keeping, ...quality, ...gaps, ...phones, ...refused, ...models, ...you, servers, take };
