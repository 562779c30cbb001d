import { measure, type Plan } from "./measure.ts";

console.log(JSON.stringify(await measure(JSON.parse(process.argv[2] ?? "") as Plan)));
