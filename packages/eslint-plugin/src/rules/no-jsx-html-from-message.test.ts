import { testRule } from "../../test/test-rule.ts";

testRule("no-jsx-html-from-message", {
  valid: [
    'function View() { const [text, setText] = useState(""); socket.onmessage = (e) => setText(e.data); return <p>{text}</p>; }',
    'function View() { const [text, setText] = useState(""); socket.onmessage = (e) => setText(sanitize(e.data)); return <p dangerouslySetInnerHTML={{ __html: text }} />; }',
    "function View() { return <p dangerouslySetInnerHTML={{ __html: page.html }} />; }",
  ],
  invalid: [
    {
      code: 'function View() { const [text, setText] = useState(""); socket.onmessage = (e) => setText(e.data); return <p dangerouslySetInnerHTML={{ __html: text }} />; }',
      errors: ["html"],
    },
    {
      code: 'function View() { const [list, setList] = React.useState([]); socket.addEventListener("message", (e) => { const one = JSON.parse(e.data); setList((old) => [...old, one]); }); return <ul>{list.map((one) => <li dangerouslySetInnerHTML={{ __html: one.html }} />)}</ul>; }',
      errors: ["html"],
    },
    {
      code: 'ws.onmessage = (e) => { const markup = { __html: e.data }; root.render(React.createElement("p", { dangerouslySetInnerHTML: markup })); };',
      errors: ["html"],
    },
  ],
});
