// Sends a body with Node's http module, in chunks and asking for an upgrade.
import http from "node:http";

const [method, url, token, type, body] = process.argv.slice(2);
const headers = {
  Authorization: `Bearer ${token}`,
  "Content-Type": type,
  Connection: "Upgrade, HTTP2-Settings",
  Upgrade: "h2c",
  "HTTP2-Settings": "AAMAAABkAAQAAP__",
};
const request = http.request(url, { method, headers }, (answer) => {
  answer.resume();
  answer.on("end", () => process.stdout.write(String(answer.statusCode)));
});
request.write(body.slice(0, 5));
request.end(body.slice(5));
