// A page's own request as a line for the shell.

/** The token stays a variable of the shell: the page's own is nobody else's, and does not belong in a clipboard. */
export function curlOf(address: string): string {
  return `curl -H "Authorization: Bearer $ROADPULSE_TOKEN" '${address.replaceAll("'", "%27")}'`;
}
