/**
 * Texts that people read, in the language of the page. English stands where it is used; a page in another
 * language carries the others as JSON. The build lists the texts of each script by calls of `gettext`, so a text
 * is given to it as it is written.
 */
const element = document.querySelector("script#texts");
const said: Partial<Record<string, string>> = element ? JSON.parse(element.textContent ?? "{}") : {};
/** The language of the page, as far as browsers know such languages. */
export const language = canonical(document.documentElement.lang);

function canonical(tag: string): string {
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? "en";
  } catch {
    return "en";
  }
}

/** A text in the language of the page, with values in the place of `{name}`. */
export function gettext(text: string, values: Record<string, string | number> = {}): string {
  return (said[text] ?? text).replace(/\{(\w+)\}/g, (place, name: string) => {
    const value = values[name];
    return typeof value === "number" ? digits(value) : (value ?? place);
  });
}

/** A number as pages write it: digits in groups. */
export function digits(value: number): string {
  return value.toLocaleString("en").replaceAll(",", "\u202f");
}
