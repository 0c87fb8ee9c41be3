// Chooses between one and many in English.

/** The word for one or for many. */
export const one = (count: number, single: string, many: string): string => (count === 1 ? single : many);
