#!/usr/bin/env node
// Checked before any import: what follows uses syntax and modules that an old Node does not know.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`bylaw needs Node 20.19 or newer; this is ${process.versions.node}`);
  process.exit(2);
}
const load = async () => {
  // It may start the process again, so what takes long to load comes after it.
  if (process.argv[2] === "up") (await import("../dist/compiled.js")).keepCompiled();
  return import("../dist/main.js");
};
load().then(
  ({ main }) => main(process.argv),
  (/** @type {unknown} */ error) => {
    if (!(error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND"))
      throw error;
    console.error(`bylaw is not built yet (${error.message}); run: npm run build`);
    process.exit(2);
  },
);
