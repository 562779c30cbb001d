export { type Redactor, unsupported } from "../obligations.ts";
