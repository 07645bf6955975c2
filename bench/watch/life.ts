/**
 * What the simulated normal life is like: every parameter with the reason for it. None is a measurement of somebody's service; where a standard,
 * a default of the gate or common knowledge of operators gives the figure it is named. Other traffic has other figures: that is why the
 * table says what these are. Lengths of time are milliseconds, but for hours of the day and days from the start of a run.
 */
export const life = {
  /** Of 100 people: a company chat with guests, a game, a trading front end. The sizes of what a team behind one gate runs. */
  shares: { chat: 50, game: 30, trading: 20 },

  /**
   * Weights of the hours 0 to 23, of a working day and of the weekend. Chat: office hours with a dip at noon and an evening; game: the evening;
   * trading: exchange hours, nobody at the weekend.
   */
  hours: {
    chat: {
      workday: [1, 1, 0.5, 0.5, 0.5, 1, 3, 8, 18, 20, 19, 17, 13, 17, 18, 17, 15, 11, 8, 8, 8, 7, 5, 2],
      weekend: [2, 1, 1, 0.5, 0.5, 0.5, 1, 2, 3, 4, 5, 5, 5, 5, 5, 5, 5, 5, 6, 7, 7, 6, 5, 3],
    },
    game: {
      workday: [6, 4, 2, 1, 1, 1, 1, 2, 2, 2, 2, 3, 4, 5, 6, 8, 10, 13, 17, 20, 22, 20, 15, 10],
      weekend: [12, 9, 5, 3, 2, 2, 2, 4, 7, 10, 13, 15, 16, 18, 20, 21, 21, 21, 23, 25, 25, 23, 19, 15],
    },
    trading: {
      workday: [
        0.2, 0.2, 0.2, 0.2, 0.2, 0.5, 2, 8, 20, 22, 15, 12, 10, 11, 14, 18, 14, 8, 3, 2, 2, 1, 0.5, 0.2,
      ],
      weekend: [
        0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2,
        0.2, 0.1, 0.1, 0.1,
      ],
    },
  },

  /** Connections that somebody begins on a working day: pages are loaded anew, lids are shut. */
  sessionsPerDay: { chat: 3, game: 1.2, trading: 2.5 },
  /** Median and spread (of the logarithm) of how long a connection lives; most at most a working day. */
  lasts: {
    chat: { median: 2_400_000, sigma: 1.3, most: 32_400_000 },
    game: { median: 3_000_000, sigma: 0.8, most: 21_600_000 },
    trading: { median: 5_400_000, sigma: 1.1, most: 36_000_000 },
  },

  /** The gate tells of an open connection about every ten seconds. */
  cadence: 10_000,
  /**
   * In stretches in which next to nothing is sent, one signal stands for many: thirty in a row that say 0, 0, 1, 0 … are told as one of five
   * minutes, so that weeks can be simulated. Steady streams (quotes to who only looks) are told once a minute.
   */
  quietCadence: 300_000,
  steadyCadence: 60_000,

  /** Pace of people who chat: stretches of a minute or two in which they write, among long ones in which the tab is open. */
  chat: {
    activeShare: 0.1,
    active: {
      for: 90_000,
      inbound: { perSecond: 0.12, bytes: 220 },
      outbound: { perSecond: 0.6, bytes: 380 },
    },
    idle: {
      for: 840_000,
      inbound: { perSecond: 0.004, bytes: 60 },
      outbound: { perSecond: 0.04, bytes: 380 },
    },
    /** Spread (of the logarithm) of the length of what is written in a stretch; a few paste something long. */
    writing: { sigma: 0.6, pasteShare: 0.004, paste: 25 },
    /** What a client loads when it connects: the last messages of its rooms. */
    history: { perSecond: 12, bytes: 1500 },
  },
  /** A match sends inputs at 15 Hz and gets the state at 20 Hz, as action games commonly do; then a lobby. */
  game: {
    match: { for: 480_000, inbound: { perSecond: 15, bytes: 44 }, outbound: { perSecond: 20, bytes: 310 } },
    lobby: { for: 120_000, inbound: { perSecond: 0.2, bytes: 90 }, outbound: { perSecond: 0.6, bytes: 500 } },
  },
  /** Quotes stream all the time; orders come in bursts of a minute. */
  trading: {
    activeShare: 0.08,
    active: { for: 60_000, inbound: { perSecond: 0.35, bytes: 240 } },
    idle: { for: 600_000, inbound: { perSecond: 0.03, bytes: 60 } },
    quotes: { perSecond: 6, bytes: 130 },
    /** Customers whose programs trade: they send all the time, and keep within `messageRate` (200/s by default). */
    programShare: 0.02,
    program: { perSecond: 30, bytes: 250, mostPerSecond: 150 },
    /** Of them, who run on two servers side by side with one key. */
    twinServers: 0.3,
  },

  /** How much more or less than the median somebody does (spread of the logarithm), and those who do far more: one in a hundred, the factor. */
  people: { sigma: 0.7, whaleShare: 0.01, whale: 12 },

  /** Quotes and orders at the opening of the exchanges, their length, and news that nobody announced. */
  bursts: {
    hours: [8, 14.5],
    lasts: 720_000,
    quotes: 6,
    orders: 4,
    newsPerWeek: 2,
    newsLasts: 240_000,
    news: 9,
  },

  /** Where people connect from. Offices of one address (the largest of a hundred people); homes, of which half have both protocols; phones. */
  places: {
    office: { chat: 0.4, game: 0.02, trading: 0.5 },
    phone: { chat: 0.2, game: 0.25, trading: 0.08 },
    dualStack: 0.5,
    offices: 12,
    carriers: 3,
    /** Addresses of a carrier that shares them, for all its customers. */
    carrierAddresses: 24,
    /** Of phones: a /64 of their own. */
    ipv6Phones: 0.4,
    /** Whether a carrier lends a phone one address at a time. */
    paired: [true, true, false],
    /** A household's IPv4 address stays for about two weeks. */
    homeDays: 14,
  },

  /** A second tab of the same browser, the same cookie; over the other protocol now and then, as browsers race both (RFC 8305). */
  secondTab: { share: 0.15, otherProtocol: 0.03 },
  /** A second device of the same person, with a login of its own. */
  secondDevice: 0.08,
  /**
   * Of connections of phones, which change networks in the middle: the next comes from elsewhere within seconds with the same credential, the old one
   * is noticed to be dead by the heartbeat: pings after 30 s of silence, two missed.
   */
  changesNetwork: { share: 0.2, after: [1000, 8000], noticed: [60_000, 95_000] },

  /** Handshakes with a token or cookie that has ended: as the lid opens. One try or a few, then the client logs in anew. */
  expired: { share: 0.015, tries: 3, gap: 2000 },
  /** A tab with a client that tries for ever with an ended token, once a minute until somebody looks. */
  forgottenTabs: { perDay: 0.5, everyMs: 60_000, hours: [1, 6] },
  /** A ticket that came too late (its life is 10 s): slow phones. The client fetches another. */
  lateTicket: 0.002,
  /** After `sign out everywhere` other tabs come back with what was revoked, a few times. */
  signsOutEverywhere: { perDay: 2, tries: 3 },

  /** What guards decide about honest people, an hour of connection each. */
  mishaps: {
    /** Somebody pastes a card number or a key into the chat: reported to the operator. */
    leakPerHour: 0.01,
    /** Support staff see customers' data all day. */
    supportShare: 0.02,
    supportLeakPerHour: 1.5,
    /** Markup or a query pasted into a chat of developers. */
    threatPerHour: 0.004,
    /** Too large an upload, a rate exceeded by a paste, a button that one may not press. */
    otherPerHour: 0.003,
    /** A proxy in somebody's office that breaks frames. */
    brokenProxyPerHour: 0.01,
    /** A phone that does not read quotes fast enough. */
    slowPhonePerHour: 0.02,
    /** A client that does not renew its token in time. */
    expiredPerHour: 0.01,
  },

  /** Own bots: uptime probes from three places, a minute each; every fifth looks that who brings no credential is refused. */
  probes: { places: 3, everyMs: 60_000, refusedEach: 5 },
  /** Two load balancers that ask for a page which the gate does not serve: for them any answer is a sign of life. */
  healthChecks: { balancers: 2, everyMs: 30_000 },

  /** The application is restarted on Tuesdays, and fails once in two weeks; all clients come back with growing waits. */
  restarts: { weekday: 1, hour: 10.2, downMs: 20_000, spreadMs: 20_000 },
  outages: { everyDays: 14, firstDay: 9, hour: 15.3, downMs: 120_000 },
  retry: { first: 1000, most: 30_000 },
  /** An office loses its line. */
  lostLines: { perWeek: 2, downMs: 180_000 },

  /**
   * Releases: a new schema which old clients break for an hour, until they are reloaded. The first time the guard observes, afterwards it closes, and the old
   * client comes back with growing waits up to a minute. New names of messages come with it.
   */
  releases: {
    everyDays: 7,
    firstDay: 3,
    hour: 13,
    lasts: 3_600_000,
    oldShare: 0.05,
    brokenPerMinute: 1,
    newNames: 5,
  },
  /** Names of messages that a route has from the beginning, either way. */
  names: 16,
  /** Names that somebody needs once in some days. */
  rareNames: { count: 6, perConnection: 0.0001 },
  /** Of the players, who play without an account. */
  guests: 0.2,
  /** How long a credential stays the same: a cookie, an access token, a daily login. */
  /** How often an open connection shows a new one: access tokens of an hour; never where a cookie is asked about. */
  renewsEvery: { chat: 31_536_000_000, game: 3_600_000, trading: 3_600_000 },
  credentialLife: { chat: 1_209_600_000, game: 3_600_000, trading: 86_400_000 },

  /** A push of marketing triples the users for an evening: people without any past. */
  pushes: { everyDays: 14, firstDay: 5, hour: 17, lasts: 18_000_000, factor: 2 },

  /** Exports that are allowed: analysts load the archive on every working day; at the end of a month more; one of them is new. */
  exports: {
    analysts: 8,
    hour: 11,
    bytes: 62_914_560,
    sigma: 0.25,
    lasts: 600_000,
    monthEndDay: 26,
    monthEnd: 2.5,
    newAnalystDay: 15,
  },

  /** Refused requests of strangers, an hour: search engines and scanners that ask each address of the internet for something. */
  strays: { perHour: 5, requests: 2 },
  /** A scanner that looks longer: grey, since telling it is right and leaving it is too. */
  scanners: { perDay: 1.5, requests: [15, 40], lasts: 90_000 },

  /** A partner's page that nobody put on the list: its visitors are refused for two hours, each a few times. */
  partner: { everyDays: 9, firstDay: 6, hour: 9.5, lasts: 7_200_000, visitors: 40, tries: 6 },
  /** Developers in one office try pages of their own machine and of staging. */
  developers: {
    perDay: 8,
    origins: [
      "http://localhost:3000",
      "http://localhost:5173",
      "http://127.0.0.1:8080",
      "https://staging.example.com",
    ],
  },
  /** Browser extensions, saved pages (`null`), a translating proxy. */
  oddOrigins: { perDay: 6 },

  /** Somebody of the team uses the admin API. */
  adminPerDay: 12,

  /** What hides another attack: refused handshakes within ten minutes, from as many addresses. */
  flood: 1_000_000,
} as const;

export type RouteName = keyof typeof life.shares;

export const ROUTES: readonly RouteName[] = ["chat", "game", "trading"];
