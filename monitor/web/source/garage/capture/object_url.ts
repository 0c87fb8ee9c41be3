// An address for what was just taken, given back when it is thrown away or its component goes.
import { useEffect, useMemo } from "preact/hooks";

export function useUrlOf(blob: Blob | null): string | null {
  const url = useMemo(() => (blob === null ? null : URL.createObjectURL(blob)), [blob]);
  useEffect(() => () => {
    if (url !== null) URL.revokeObjectURL(url);
  }, [url]);
  return url;
}
