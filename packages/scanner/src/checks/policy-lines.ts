// Lines of sallyport.yaml that mend what several checks find.

/** The gate does it on every route. */
export const HANDSHAKES_ALWAYS =
  "path: /chat # handshakes are checked on every route; there is nothing to switch on";
/** The same of frames. */
export const FRAMES_ALWAYS = "path: /chat # frames are checked on every route; there is nothing to switch on";
/** Who somebody is, by a JWT. */
export const JWT_IDENTITY =
  "identity: { jwt: { issuer: https://id.example.com, audience: chat, jwks: https://id.example.com/jwks.json } }";
