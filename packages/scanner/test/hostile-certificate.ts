import { generateKeyPairSync, sign } from "node:crypto";

/** Identifiers of RFC 5280 and RFC 5758, as they stand in a certificate. */
const oids = {
  commonName: "0603550403",
  organization: "060355040a",
  subjectAltName: "0603551d11",
  ecdsaWithSha256: "06082a8648ce3d040302",
} as const;

const tags = {
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  utf8: 0x0c,
  sequence: 0x30,
  set: 0x31,
  time: 0x17,
} as const;

/**
 * A certificate in which everything that its maker is free to write is `text`: subject, issuer and names. Of nobody, for 127.0.0.1 too, valid for
 * decades. Written by hand (X.690), since what makes certificates refuses such names.
 */
export function hostileCertificate(text: string): { readonly cert: string; readonly key: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = der(
    tags.sequence,
    ...[oids.commonName, oids.organization].map((oid) =>
      der(tags.set, der(tags.sequence, hex(oid), der(tags.utf8, Buffer.from(text)))),
    ),
  );
  const names = der(
    tags.sequence,
    der(0x82, Buffer.from(text, "latin1")),
    der(0x86, Buffer.from(text, "latin1")),
    der(0x87, Buffer.from([127, 0, 0, 1])),
  );
  const algorithm = der(tags.sequence, hex(oids.ecdsaWithSha256));
  const signed = der(
    tags.sequence,
    der(0xa0, der(tags.integer, Buffer.from([2]))),
    der(tags.integer, Buffer.from([1])),
    algorithm,
    name,
    der(
      tags.sequence,
      der(tags.time, Buffer.from("200101000000Z")),
      der(tags.time, Buffer.from("490101000000Z")),
    ),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, der(tags.sequence, der(tags.sequence, hex(oids.subjectAltName), der(tags.octets, names)))),
  );
  const signature = sign("sha256", signed, privateKey);
  const whole = der(tags.sequence, signed, algorithm, der(tags.bits, Buffer.from([0]), signature));
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${whole.toString("base64")}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}

function hex(bytes: string): Buffer {
  return Buffer.from(bytes, "hex");
}
