/** Thrown when a tool is guarded that runs where no guard of this process can stand. */
export class UnguardableTool extends Error {
  readonly code = "adapter.unguardable";
  constructor(tool: string) {
    super(
      `\`${tool}\` has no function that runs here, so it cannot be guarded: leave it out, or let it go through a gateway`,
    );
    this.name = "UnguardableTool";
  }
}
