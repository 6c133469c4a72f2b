import { DATA_CENTERS, readBaseUrl } from '../../nodes/MoEngageCohortSync/delivery/dataCenters';
import { RunError } from '../../nodes/MoEngageCohortSync/model/problem';

test.each([
	['01', 'https://api-01.moengage.com'],
	['02', 'https://api-02.moengage.com'],
	['03', 'https://api-03.moengage.com'],
	['04', 'https://api-04.moengage.com'],
	['05', 'https://api-05.moengage.com'],
	['06', 'https://api-06.moengage.com'],
	['101', 'https://api-101.moengage.com'],
])('data center %s is at %s, whatever the custom URL holds', (dataCenter, url) => {
	expect(readBaseUrl(dataCenter, undefined)).toBe(url);
	expect(readBaseUrl(dataCenter, 'https://proxy.example.com')).toBe(url);
});

test('there are seven data centers', () => {
	expect(DATA_CENTERS.map(({ value }) => value).join()).toBe('01,02,03,04,05,06,101');
});

test.each([
	['1'],
	['07'],
	['00'],
	['1O1'],
	[' 01'],
	['01 '],
	['01.evil.com/'],
	['01@evil.com'],
	['Custom'],
	['__proto__'],
	['constructor'],
	[''],
	[1],
	[101],
	[true],
	[null],
	[undefined],
	[['01']],
	[{ value: '01' }],
	[{ toString: () => '01' }],
])('%j is no data center', (dataCenter) => {
	const read = () => readBaseUrl(dataCenter, 'https://proxy.example.com');
	expect(read).toThrow(RunError);
	expect(read).toThrow(expect.objectContaining({ problem: { code: 'unknown_data_center' } }));
});

test.each([
	['https://proxy.example.com', 'https://proxy.example.com'],
	['https://proxy.example.com/', 'https://proxy.example.com'],
	[' https://proxy.example.com \n', 'https://proxy.example.com'],
	['https://proxy.example.com/moengage', 'https://proxy.example.com/moengage'],
	['https://proxy.example.com/moengage/v2//', 'https://proxy.example.com/moengage/v2'],
	['https://proxy.example.com/a%20b/', 'https://proxy.example.com/a%20b'],
	['HTTPS://Proxy.Example.COM/Path', 'https://proxy.example.com/Path'],
	['https://proxy.example.com:8443', 'https://proxy.example.com:8443'],
	['https://proxy.example.com:443', 'https://proxy.example.com'],
	['https://10.0.0.1', 'https://10.0.0.1'],
	['https://[2001:db8::1]:8443/', 'https://[2001:db8::1]:8443'],
	['https://bücher.example', 'https://xn--bcher-kva.example'],
	['https://proxy.example.com?', 'https://proxy.example.com'],
	['https://localhost', 'https://localhost'],
	['http://localhost', 'http://localhost'],
	['http://localhost:3000/', 'http://localhost:3000'],
	['HTTP://LOCALHOST:80/x', 'http://localhost/x'],
	['http://127.0.0.1:1', 'http://127.0.0.1:1'],
	['http://127.0.0.1:65535', 'http://127.0.0.1:65535'],
	['http://127.255.3.1', 'http://127.255.3.1'],
	['http://127.0.100.200', 'http://127.0.100.200'],
	['http://127.1', 'http://127.0.0.1'],
	['http://127.0.0.1.', 'http://127.0.0.1'],
	['http://2130706433:8080', 'http://127.0.0.1:8080'],
	['http://0x7f000001', 'http://127.0.0.1'],
	['http://0177.0.0.1', 'http://127.0.0.1'],
	['http://[::1]:3000', 'http://[::1]:3000'],
	['http://[0:0:0:0:0:0:0:1]', 'http://[::1]'],
])('the custom URL %j is taken as %s', (customUrl, url) => {
	expect(readBaseUrl('custom', customUrl)).toBe(url);
});

const EMPTY = 'empty';
const NOT_A_URL = 'not_a_url';
const LOGIN = 'has_login';
const QUERY = 'has_query';
const NOT_HTTPS = 'not_https';

test.each([
	[undefined, EMPTY],
	[null, EMPTY],
	['', EMPTY],
	['  ', EMPTY],
	[42, EMPTY],
	[['https://proxy.example.com'], EMPTY],
	['proxy.example.com', NOT_A_URL],
	['//proxy.example.com', NOT_A_URL],
	['https://', NOT_A_URL],
	['https://?x', NOT_A_URL],
	['https://proxy example.com', NOT_A_URL],
	['https://proxy.example.com:99999', NOT_A_URL],
	['http://127.0.0.256', NOT_A_URL],
	['http://[::1', NOT_A_URL],
	['https://user@proxy.example.com', LOGIN],
	['https://:password@proxy.example.com', LOGIN],
	['http://localhost@evil.com', LOGIN],
	['http://localhost:3000@evil.com', LOGIN],
	['https://api-01.moengage.com@evil.com', LOGIN],
	['https://proxy.example.com/?to=moengage', QUERY],
	['https://proxy.example.com#moengage', QUERY],
	['localhost:3000', NOT_HTTPS],
	['http://proxy.example.com', NOT_HTTPS],
	['http://api-01.moengage.com', NOT_HTTPS],
	['http://localhost.', NOT_HTTPS],
	['http://localhost.evil.com', NOT_HTTPS],
	['http://evil-localhost', NOT_HTTPS],
	['http://localhost.localdomain', NOT_HTTPS],
	['http://127.0.0.1.evil.com', NOT_HTTPS],
	['http://127.evil.com', NOT_HTTPS],
	['http://evil.com/localhost', NOT_HTTPS],
	['http://evil.com:80/127.0.0.1', NOT_HTTPS],
	['http://128.0.0.1', NOT_HTTPS],
	['http://10.0.0.1', NOT_HTTPS],
	['http://192.168.0.1', NOT_HTTPS],
	['http://0.0.0.0', NOT_HTTPS],
	['http://169.254.169.254', NOT_HTTPS],
	['http://2130706432.evil.com', NOT_HTTPS],
	['http://0x0a000001', NOT_HTTPS],
	['http://[::]', NOT_HTTPS],
	['http://[::2]', NOT_HTTPS],
	['http://[::ffff:127.0.0.1]', NOT_HTTPS],
	['http://lоcalhost', NOT_HTTPS],
	['ftp://localhost', NOT_HTTPS],
	['ws://localhost', NOT_HTTPS],
	['wss://proxy.example.com', NOT_HTTPS],
	['file:///etc/hosts', NOT_HTTPS],
	['javascript:alert(1)', NOT_HTTPS],
	['data:text/plain,x', NOT_HTTPS],
])('the custom URL %j is refused: %s', (customUrl, reason) => {
	const read = () => readBaseUrl('custom', customUrl);
	expect(read).toThrow(RunError);
	expect(read).toThrow(
		expect.objectContaining({ problem: { code: 'custom_url_refused', reason } }),
	);
});

test('a refused custom URL is not repeated, since it may hold a password', () => {
	expect.assertions(1);
	try {
		readBaseUrl('custom', 'https://user:hush@proxy.example.com');
	} catch (error) {
		expect(JSON.stringify([error, String(error)])).not.toContain('hush');
	}
});
