/** What a topic filter asks for. */
export interface MqttFilter {
  /** The filter of topics itself. */
  readonly topics: string;
  /** The group that shares the subscription (MQTT 5 4.8.2); `null`: nobody does. */
  readonly share: string | null;
}

/** Whether messages can be published to it: one character or more, no wildcards (MQTT 5 4.7.1, 4.7.3). */
export function isTopicName(topic: string): boolean {
  return topic !== "" && !/[+#]/.test(topic);
}

/**
 * Reads a topic filter; `null`: it is none (MQTT 5 4.7.1, 4.8.2). `$share/group/filter` is the filter for rules, since it brings the
 * same messages; brokers read it so in MQTT 3.1.1 too.
 */
export function parseTopicFilter(filter: string): MqttFilter | null {
  const isShared = filter.startsWith("$share/");
  const [, share = null, topics = filter] = isShared
    ? (/^\$share\/([^/+#]+)\/(.+)$/s.exec(filter) ?? [])
    : [];
  if (isShared && share === null) return null;
  const levels = topics.split("/");
  const isFilter = levels.every(
    (level, index) => !/[+#]/.test(level) || level === "+" || (level === "#" && index === levels.length - 1),
  );
  return isFilter && topics !== "" ? { topics, share } : null;
}
