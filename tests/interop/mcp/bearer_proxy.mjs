// Puts a bearer token in front of every request, since the conformance suite sends none; all else passes as it is.
// usage: node bearer_proxy.mjs GATEWAY_URL TOKEN_FILE   (prints its port)
import fs from 'node:fs';
import http from 'node:http';

const target = new URL(process.argv[2]);
const tokenFile = process.argv[3];

const proxy = http.createServer((request, response) => {
	const headers = { ...request.headers, authorization: `Bearer ${fs.readFileSync(tokenFile, 'utf8').trim()}` };
	// To the gateway its own origin is its own; that of this proxy stands for it. Others stay what they are.
	const own = [`http://localhost:${proxy.address().port}`, `http://127.0.0.1:${proxy.address().port}`];
	if (headers.origin && own.includes(headers.origin)) headers.origin = target.origin;
	if (headers.host && own.some((origin) => origin === `http://${headers.host}`)) headers.host = target.host;
	const onward = http.request(
		{ host: target.hostname, port: target.port, path: target.pathname, method: request.method, headers },
		(answer) => {
			response.writeHead(answer.statusCode, answer.headers);
			response.flushHeaders();
			answer.on('data', (piece) => response.write(piece));
			answer.on('end', () => response.end());
			answer.on('error', () => response.destroy());
		},
	);
	onward.on('error', () => response.destroy());
	response.on('close', () => onward.destroy());
	request.pipe(onward);
});
proxy.listen(0, '127.0.0.1', () => console.log(proxy.address().port));
