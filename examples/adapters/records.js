// What the agents of these examples work on: three records, and what became of them.
const records = new Map([
  ["r1", "Ada"],
  ["r2", "Grace"],
  ["r3", "Edsger"],
]);

export const lookUp = ({ id }) => records.get(id) ?? "no such record";

export const deleteRecord = ({ id }) => (records.delete(id) ? `deleted ${id}` : "no such record");

export const emptyTable = () => {
  records.clear();
  return "emptied";
};

/** What is left, as the last line of a run. */
export const report = (answer) =>
  console.log(JSON.stringify({ left: [...records.keys()], answer }));
