// Attacks an application of the lab from a terminal: npx node examples/lab/attack.ts LESSON [URL]. Exits with 1 where it was stopped.
import { loadAttack } from "./lesson.ts";
import { lessons } from "./lessons.ts";

const [id = "", given] = process.argv.slice(2);
const lesson = lessons.find((each) => each.id === id);
if (lesson === undefined) {
  console.error(`Which lesson? ${lessons.map((each) => each.id).join(", ")}`);
  process.exitCode = 2;
} else {
  const url = given ?? `ws://127.0.0.1:${lesson.ports.application}${lesson.path}`;
  const attack = await loadAttack(lesson);
  try {
    const isDone = await attack({
      url,
      origin: new URL(url).origin.replace(/^ws/, "http"),
      say: (line) => console.log(line),
    });
    console.log(isDone ? "It worked." : "It was stopped.");
    process.exitCode = isDone ? 0 : 1;
  } catch (error) {
    console.error(`${url} cannot be attacked (start its application first): ${String(error)}`);
    process.exitCode = 3;
  }
}
