/* What is said to the page and not to the assistant: 字大一点, 看不清, 念给我听. Only messages that say nothing else. */

const POLITE = "(?:请|麻烦)?(?:你|您)?(?:能不能|可不可以|可以|能)?(?:帮我|给我)?";
const END = "(?:好吗|行吗|吗|吧|呗|啊|呀|了|嘛)?[\\s。.！!？?~]*$";
const LARGER = new RegExp(`^${POLITE}(?:把|这个|这|手机|屏幕|上面的?|的)*(?:字体|字号|字)(?:也?(?:太|有点|好)?小了?|(?:再|调|放|变|弄|整|搞)*大一?[点些]儿?|(?:调|放|变|弄)大|看不(?:清楚?|见))+${END}`);
const UNREADABLE = new RegExp(`^(?:我|老花眼|眼睛不好|眼花|，|,)*看不(?:清楚?|见)(?:字|屏幕|手机)?${END}`);
const ALOUD = new RegExp(`^${POLITE}(?:念|读)(?:念|读|给我|一下|一遍|出来|出声|来)*(?:听听?)?${END}`);

/**
 * What a message wants of the page: "large", "aloud" or null.
 * @param asked whether the assistant has just asked something: 看不清 may then be the answer
 */
export function wishOf(said, asked) {
  const text = said.trim();
  if (text.length > 20) return null;
  if (LARGER.test(text) || (!asked && UNREADABLE.test(text))) return "large";
  return ALOUD.test(text) && text.length > 1 ? "aloud" : null;
}
