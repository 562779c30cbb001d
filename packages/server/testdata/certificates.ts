import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A certificate for 127.0.0.1 and its key, PEM. */
export interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface Authority {
  /** PEM. */
  readonly ca: string;
  issue(): ServerCertificate;
  remove(): void;
}

/** A certificate authority of its own, made with openssl. */
export function createAuthority(name: string): Authority {
  const folder = mkdtempSync(join(tmpdir(), "bylaw-ca-"));
  let issued = 0;
  const openssl = (...args: readonly string[]): void => {
    execFileSync("openssl", args, { cwd: folder, stdio: "ignore" });
  };
  const key = (file: string): void =>
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", file);
  key("ca.key");
  openssl("req", "-x509", "-new", "-key", "ca.key", "-days", "2", "-subj", `/O=${name}`, "-out", "ca.pem");
  writeFileSync(join(folder, "ext"), "subjectAltName=IP:127.0.0.1,DNS:localhost\n");
  return {
    ca: readFileSync(join(folder, "ca.pem"), "utf8"),
    issue() {
      issued += 1;
      const file = (ending: string): string => `${issued}.${ending}`;
      key(file("key"));
      openssl("req", "-new", "-key", file("key"), "-subj", "/CN=127.0.0.1", "-out", file("csr"));
      const signer = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"];
      openssl("x509", "-req", "-in", file("csr"), ...signer, "-extfile", "ext", "-out", file("pem"));
      const read = (ending: string): string => readFileSync(join(folder, file(ending)), "utf8");
      return { cert: read("pem"), key: read("key") };
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
