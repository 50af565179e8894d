// Signs requests with the provider's own Node library, so that the Python side is held against another implementation.
// Use: npm install twilio (in some other folder), then from there: node …/make_signatures.mjs > …/signatures.json

import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.cwd(), "index.js"));
const { getExpectedTwilioSignature: sign } = require("twilio/lib/webhooks/webhooks");
const { version } = require("twilio/package.json");

const TOKEN = "b1946ac92492d2347c6235b4d2611184";
const BASE = "https://bot.example.org/webhooks/twilio/messages";
const SIMPLE = { MessageSid: "SM00000000000000000000000000000001", From: "whatsapp:+351910000001",
  To: "whatsapp:+351210000001", Body: "Yes" };
const cases = [];

const encode = (fields) => {
  const out = new URLSearchParams();
  for (const [name, value] of Object.entries(fields))
    for (const one of [value].flat()) out.append(name, one);
  return out.toString();
};

// A request as it arrives: `base` is the configured address, `target` the raw path and query.
function add(name, { base = "https://bot.example.org", target = "/webhooks/twilio/messages", fields = SIMPLE,
  signedUrl, signedFields, token = TOKEN, body, type = "application/x-www-form-urlencoded", valid = true,
  signature }) {
  const url = signedUrl ?? base + target;
  cases.push({ name, base, target, content_type: type, body: body ?? encode(fields), valid,
    signature: signature === undefined ? sign(token, url, signedFields ?? fields) : signature });
}

// fields
add("a plain message", {});
add("accents", { fields: { ...SIMPLE, Body: "Olá, é já amanhã às nove?" } });
add("emoji of several code points", { fields: { ...SIMPLE, Body: "👩‍🍳 ☕ 🇵🇹" } });
add("Arabic and Hindi", { fields: { ...SIMPLE, Body: "نعم, हाँ" } });
add("combining accents", { fields: { ...SIMPLE, Body: "Cafe\u0301" } });
add("an empty value", { fields: { ...SIMPLE, Body: "" } });
add("all values empty", { fields: { A: "", B: "", C: "" } });
add("no fields at all", { fields: {} });
add("names in mixed case", { fields: { ...SIMPLE, body: "lower", BODY: "upper", bOdY: "mixed" } });
add("names that are prefixes of others", { fields: { A: "1", AA: "2", AAA: "3", A0: "4" } });
add("one name twice", { fields: { ...SIMPLE, MediaUrl: ["https://b.example/2", "https://a.example/1"] } });
add("one name twice with the same value", { fields: { ...SIMPLE, Tag: ["same", "same"] } });
add("one name four times, with repeats", { fields: { ...SIMPLE, Tag: ["b", "a", "b", ""] } });
add("carriage return and line feed", { fields: { ...SIMPLE, Body: "one\r\ntwo\nthree\rfour" } });
add("plus signs and spaces", { fields: { ...SIMPLE, Body: "1 + 1 = 2 +  two  " } });
add("a NUL", { fields: { ...SIMPLE, Body: "before\u0000after" } });
add("characters that are separators in a form", { fields: { ...SIMPLE, Body: "a=b&c=d;e%20f%ZZ#?/" } });
add("a name that needs escaping", { fields: { ...SIMPLE, "weird name[é]&=": "x" } });
add("a very long body", { fields: { ...SIMPLE, Body: "é☕x".repeat(1600) } });
add("many fields", { fields: Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`F${n}`, `v${n}`])) });
add("JSON in a value", { fields: { ...SIMPLE, ChannelMetadata: '{"type":"whatsapp","data":{"context":{"a":[1]}}}' } });
add("spaces escaped as %20", { fields: { ...SIMPLE, Body: "a b c" },
  body: encode({ ...SIMPLE, Body: "a b c" }).replaceAll("+", "%20") });
add("escapes in small letters", { fields: { ...SIMPLE, Body: "ção" },
  body: encode({ ...SIMPLE, Body: "ção" }).replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()) });
add("raw UTF-8 in the body", { fields: { A: "é☕" }, body: "A=é☕" });
add("a charset in the content type", { type: "application/x-www-form-urlencoded; charset=UTF-8" });

// addresses
add("port 443 written", { base: "https://bot.example.org:443" });
add("port 443 signed, not configured", { signedUrl: "https://bot.example.org:443/webhooks/twilio/messages" });
add("port 443 configured, not signed", { base: "https://bot.example.org:443",
  signedUrl: "https://bot.example.org/webhooks/twilio/messages" });
add("port 8443", { base: "https://bot.example.org:8443" });
add("port 8443 configured, not signed", { base: "https://bot.example.org:8443", signedUrl: BASE });
add("plain http on port 80", { base: "http://bot.example.org:80" });
add("port 80 signed, not configured", { base: "http://bot.example.org",
  signedUrl: "http://bot.example.org:80/webhooks/twilio/messages" });
add("localhost with a port", { base: "http://localhost:8000" });
add("an IPv6 host", { base: "http://[::1]:8000" });
add("user and password", { base: "https://user:p%40ss@bot.example.org" });
add("user, password and port", { base: "https://user:pass@bot.example.org:8443" });
add("user, password and port, signed without the port", { base: "https://user:pass@bot.example.org:8443",
  signedUrl: "https://user:pass@bot.example.org/webhooks/twilio/messages" });
add("a base with a path", { base: "https://example.org/callboard" });
add("a query", { target: "/webhooks/twilio/status?m=4f0c&x=1" });
add("an escaped query", { target: "/webhooks/twilio/status?r=%C3%A9&p=a%20b%2Fc+d&e=" });
add("a query with small escapes and quotes", { target: "/webhooks/twilio/status?r=%c3%a9&q='x'" });
add("a trailing slash", { target: "/webhooks/twilio/messages/" });
add("an escaped path", { target: "/webhooks/twilio/a%2Fb/%C3%A9" });
add("the query holds a name of the form", { target: "/webhooks/twilio/messages?Body=No" });

// JSON bodies: the address alone is signed and carries the body's hash
const JSON_BODY = '{"a": "é", "b": [1, 2]}';
const hash = createHash("sha256").update(JSON_BODY).digest("hex");
const jsonCase = { target: `/webhooks/twilio/messages?bodySHA256=${hash}`, fields: {}, body: JSON_BODY,
  type: "application/json" };
add("a JSON body", jsonCase);

// negatives
add("NOT: another body", { valid: false, body: encode({ ...SIMPLE, Body: "No" }), signedFields: SIMPLE });
add("NOT: a field added", { valid: false, body: encode({ ...SIMPLE, Extra: "1" }), signedFields: SIMPLE });
add("NOT: a field taken away", { valid: false, body: encode({ From: SIMPLE.From }), signedFields: SIMPLE });
add("NOT: one of two values taken away", { valid: false, body: "T=a", signedFields: { T: ["a", "b"] } });
add("NOT: another path", { valid: false, signedUrl: "https://bot.example.org/webhooks/twilio/status" });
add("NOT: another query", { valid: false, target: "/webhooks/twilio/status?m=2",
  signedUrl: "https://bot.example.org/webhooks/twilio/status?m=1" });
add("NOT: another host", { valid: false, signedUrl: "https://evil.example.org/webhooks/twilio/messages" });
add("NOT: another scheme", { valid: false, signedUrl: "http://bot.example.org/webhooks/twilio/messages" });
add("NOT: another token", { valid: false, token: "00000000000000000000000000000000" });
add("NOT: an empty token", { valid: false, token: "" });
add("NOT: no header", { valid: false, signature: null });
add("NOT: an empty header", { valid: false, signature: "" });
add("NOT: a header that is not ASCII", { valid: false, signature: "é".repeat(28) });
add("NOT: a signature cut short", { valid: false, signature: sign(TOKEN, BASE, SIMPLE).slice(0, -1) });
add("NOT: a signature in other letters", { valid: false, signature: sign(TOKEN, BASE, SIMPLE).toLowerCase() });
add("NOT: another JSON body", { ...jsonCase, valid: false, body: JSON_BODY.replace("é", "e") });
add("NOT: JSON without a hash", { valid: false, fields: {}, body: JSON_BODY, type: "application/json" });
add("NOT: a form passed off as text", { valid: false, type: "text/plain" });
add("NOT: the fields moved into the query", { valid: false, target: "/webhooks/twilio/messages?Body=Yes",
  fields: {}, signedFields: { Body: "Yes" }, signedUrl: BASE });

console.log(JSON.stringify({ made_with: `twilio ${version} for Node`, token: TOKEN, cases }, null, 1));
