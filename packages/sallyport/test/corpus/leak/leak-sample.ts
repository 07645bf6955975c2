/** A value that must be found. */
export interface LeakValue {
  /** The id of the detector that must find it. */
  readonly detector: string;
  /** Which sort of its values, for the table of misses: an issuer, a country, a form. */
  readonly kind: string;
  readonly value: string;
  /** How people call it in a text, such as `card number`. */
  readonly label: string;
  /** How a field with it is called, such as `cardNumber`. */
  readonly field: string;
  /** Whether it must be found where nothing says what it is. */
  readonly bare: boolean;
}

/** A value in a message. */
export interface LeakSample {
  readonly detector: string;
  readonly kind: string;
  /** How the message carries it. */
  readonly carrier: string;
  readonly message: string;
}
