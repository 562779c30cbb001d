import { createHash, X509Certificate } from "node:crypto";
import { checkServerIdentity, connect, type PeerCertificate } from "node:tls";

/** What of a server's certificate is compared: who issued it, and the server's own key. */
export interface Certificate {
  /** Distinguished name, one part a line as Node writes it, with ` + ` between the parts. */
  readonly issuer: string;
  /** SHA-256 of the public key (RFC 7469, section 2.4). */
  readonly key: string;
}

/** The certificates that servers have shown, for comparing each connection with what was looked at. */
export interface Certificates {
  /** As the server shows it now; null when it cannot be reached or does not check. */
  of(url: string): Promise<Certificate | null>;
  /**
   * What the server showed last was accepted, by a person or at first sight: connections are held to this
   * part of it.
   */
  accept(url: string, part: keyof Certificate): void;
  /** For a connection: why it may not be used, undefined if it may. In: the origin that it is to. */
  check(origin: string, host: string, certificate: PeerCertificate): Error | undefined;
}

/** Milliseconds until a server has shown its certificate. */
const SHOWN_MS = 10_000;
/** Milliseconds that what it showed counts as what it shows. */
const FRESH_MS = 60_000;

/** In: the clock, and certificates of authorities to trust besides the usual ones, for tests. */
export function createCertificates(now: () => number, ca?: string): Certificates {
  const known = new Map<string, { readonly certificate: Certificate; readonly at: number }>();
  const accepted = new Map<string, Partial<Certificate>>();
  return {
    async of(url) {
      const { origin, hostname, port } = new URL(url);
      const fresh = known.get(origin);
      if (fresh !== undefined && now() - fresh.at < FRESH_MS) return fresh.certificate;
      const certificate = await shown(hostname, port === "" ? 443 : Number(port), ca);
      if (certificate !== null) known.set(origin, { certificate, at: now() });
      return certificate;
    },
    accept(url, part) {
      const { origin } = new URL(url);
      const looked = known.get(origin);
      // Servers of one address share its connections: each part that any of them is held to counts.
      if (looked !== undefined)
        accepted.set(origin, { ...accepted.get(origin), [part]: looked.certificate[part] });
    },
    check(origin, host, peer) {
      const wrong = checkServerIdentity(host, peer);
      const expected = accepted.get(origin);
      if (wrong !== undefined || expected === undefined) return wrong;
      const { issuer, key } = certificateOf(peer.raw);
      if ((expected.issuer ?? issuer) === issuer && (expected.key ?? key) === key) return undefined;
      // It is looked at again, and judged, before the next session.
      if (known.get(origin)?.certificate.key !== key) known.delete(origin);
      return new Error("the server shows another certificate than the one that was judged");
    },
  };
}

function shown(host: string, port: number, ca: string | undefined): Promise<Certificate | null> {
  return new Promise((resolve) => {
    const bare = host.replace(/^\[|\]$/g, "");
    const name = /^[\d.]+$|:/.test(bare) ? {} : { servername: bare };
    const socket = connect({ host: bare, port, ...name, ...(ca === undefined ? {} : { ca }) });
    const done = (certificate: Certificate | null): void => {
      socket.destroy();
      resolve(certificate);
    };
    socket.setTimeout(SHOWN_MS, () => done(null));
    socket.once("error", () => done(null));
    socket.once("secureConnect", () => done(certificateOf(socket.getPeerCertificate().raw)));
  });
}

function certificateOf(raw: Buffer): Certificate {
  const { issuer, publicKey } = new X509Certificate(raw);
  const key = publicKey.export({ type: "spki", format: "der" });
  return {
    issuer: issuer.replaceAll("\n", " + "),
    key: `sha256:${createHash("sha256").update(key).digest("hex")}`,
  };
}
