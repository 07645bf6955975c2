// The page of the guest book.

const socket = new WebSocket("/book");
const [book, form, line] = ["book", "form", "line"].map((id) => document.getElementById(id));

socket.addEventListener("message", (event) => {
  const { name, text, emptied } = JSON.parse(event.data);
  if (emptied) return book.replaceChildren();
  book.innerHTML += `<li><b>${name}</b>: ${text}</li>`;
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  socket.send(JSON.stringify({ name: "you", text: line.value }));
  form.reset();
});
