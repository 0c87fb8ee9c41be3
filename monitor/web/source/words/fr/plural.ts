// Chooses between one and many in French, which counts zero with the singular.

export const un = (count: number, single: string, many: string): string => (count < 2 ? single : many);
