// The lists beside the conversation: rooms, people, and who was removed.

import { byId, element, replaceKeepingFocus } from "./element.js";

const page = byId("rooms people people-title removed removed-section side-toggle");

/** Shows the rooms, with what was not read in them. `enter` is given the name of the one that is chosen. */
export function showRooms(rooms, { current, enter }) {
  const items = [...rooms.values()].map(({ name, isTheirs, unread }) => {
    const button = element(
      "button",
      { type: "button", onclick: () => enter(name) },
      element("span", { className: "name" }, name),
    );
    if (name === current) button.ariaCurrent = "true";
    if (!isTheirs) button.append(element("span", { className: "locked" }, "not yours: try it"));
    if (unread > 0) {
      const count = element("span", { className: "unread" }, unread > 99 ? "99+" : String(unread));
      count.append(element("span", { className: "unseen" }, " unread"));
      button.append(count);
    }
    return element("li", {}, button);
  });
  replaceKeepingFocus(page.rooms, items);
  const total = [...rooms.values()].reduce((sum, { unread }) => sum + unread, 0);
  document.title = total === 0 ? "Chat" : `(${total}) Chat`;
}

/** Shows who is in the room. `remove` is given a name, and is offered to moderators alone. */
export function showPeople(people, { me, remove }) {
  const items = people.map(({ name, role }) => {
    const item = element("li", {}, element("span", { className: "name" }, name));
    if (name === me.user) item.append(element("span", { className: "self" }, "you"));
    if (role !== "member") item.append(element("span", { className: "role" }, role));
    if (me.claims.role === "moderator" && name !== me.user) {
      const label = `Remove ${name}`;
      item.append(
        element(
          "button",
          { type: "button", className: "small", ariaLabel: label, onclick: () => remove(name) },
          "Remove",
        ),
      );
    }
    return item;
  });
  replaceKeepingFocus(page.people, items);
  page["people-title"].textContent = `Here (${people.length})`;
  page["side-toggle"].textContent = `${people.length} here`;
}

/** Shows who was removed. `readmit` is given a name. */
export function showRemoved(users, readmit) {
  const items = users.map((name) => {
    const label = `Let ${name} back in`;
    const button = element(
      "button",
      { type: "button", className: "small", ariaLabel: label, onclick: () => readmit(name) },
      "Let back in",
    );
    return element("li", {}, element("span", { className: "name" }, name), button);
  });
  replaceKeepingFocus(page.removed, items);
  page["removed-section"].hidden = users.length === 0;
}
