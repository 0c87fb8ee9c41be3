// Which addresses these pages have; the server answers any other with the same document and a 404.
import { PATHS } from "../garage/state/route";
import { PAGES, pathOf } from "./place";

const KNOWN: readonly string[] = ["/sign-in", ...PAGES.map(pathOf), ...Object.values(PATHS)];

/** Whether there is a page at the address that was asked for. */
export const isKnown = KNOWN.includes(location.pathname) || /^\/diagnoses\/\d+$/.test(location.pathname);
