/* Reading aloud by the browser itself, and only with a voice that is on this device: the voices of others are spoken
 * somewhere else, and what is said here would have to be sent there. */

const engine = "speechSynthesis" in window ? window.speechSynthesis : null;
const LANGUAGES = [[/[\u3400-\u9fff]/, /^(zh|cmn)/i, /cn|hans/i], [/./, /^en/i, /us|gb/i]];

/** The voice on this device for a text in Chinese or English; null where there is none. */
function voiceFor(text) {
  const [, language, best] = LANGUAGES.find(([signs]) => signs.test(text)) ?? LANGUAGES[1];
  const voices = (engine?.getVoices() ?? []).filter((each) => each.localService && language.test(each.lang));
  return voices.find((each) => best.test(each.lang)) ?? voices[0] ?? null;
}

export const canRead = (sample) => voiceFor(sample) !== null;

/** Voices are known only a while after the page has opened. */
export function whenVoicesChange(changed) {
  engine?.addEventListener?.("voiceschanged", changed);
}

let spoken = []; // held on to: browsers forget utterances that nobody holds, and their ends are never told

export function stop() {
  spoken = [];
  engine?.cancel();
}

/** Read a text, sentence by sentence; `ended` is called once at its end, and never after `stop`. */
export function read(text, ended) {
  stop();
  const mine = (text.match(/[^。！？；!?\n]+[。！？；!?]*/g) ?? []).filter((piece) => piece.trim()).map((piece) => {
    const utterance = new SpeechSynthesisUtterance(piece.trim());
    utterance.voice = voiceFor(piece);
    utterance.lang = utterance.voice?.lang ?? "zh-CN";
    utterance.rate = 0.9;
    return utterance;
  }).filter((utterance) => utterance.voice);
  spoken = mine;
  const finish = () => {
    if (spoken !== mine) return;
    stop();
    ended();
  };
  if (!mine.length) {
    finish();
    return;
  }
  mine.at(-1).addEventListener("end", finish);
  for (const utterance of mine) {
    utterance.addEventListener("error", finish);
    engine.speak(utterance);
  }
}
