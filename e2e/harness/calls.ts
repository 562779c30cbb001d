/** How many calls a race or a search for leaks takes: fewer by default, a thousand in `npm run soak`. */
export const CALLS: number = Number(process.env["BYLAW_CALLS"] ?? 200);
