import "./query.css";
import { Picker } from "./picker";
import { addViews } from "./views";

for (const field of document.querySelectorAll<HTMLInputElement>("input[data-suggest]")) {
  new Picker(field, field.dataset["suggest"] ?? "", field.dataset["names"] ?? "");
}
const answer = document.querySelector<HTMLElement>("#result");
if (answer) addViews(answer);
