import { loadConfig, type RunningServer, startServer } from "@bylaw/server";

/** The gateway on a configuration file and a data folder; throws where it does not start. */
export async function startGateway(file: string, data: string): Promise<RunningServer> {
  const config = loadConfig(file);
  if (!config.ok) throw new Error(JSON.stringify(config.error));
  const log = (): void => undefined;
  const options = { config: config.value, folder: data, port: 0, version: "0.0.0", log };
  const started = await startServer(options);
  if (!started.ok) throw new Error(started.error.messages.join("\n"));
  return started.value;
}
