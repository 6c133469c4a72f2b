/**
 * Creates a function that replaces the secret key in a text with `***`, in every form in which a server or a proxy
 * may echo it: unchanged, as JSON, as Basic authentication, and in a URL.
 */
export function createRedactor(appId: string, secretKey: string): (text: string) => string {
	const login = Buffer.from(`${appId}:${secretKey}`).toString('base64').replace(/=+$/, '');
	const inJson = JSON.stringify(secretKey).slice(1, -1);
	const inUrl = [login, secretKey].map(encodeURIComponent);
	const forms = [login, inJson, secretKey, ...inUrl].filter(Boolean);
	const anyForm = forms.map((form) => form.replace(/[^\w]/g, '\\$&')).join('|');
	const secret = new RegExp(`(${anyForm})(=|%3D)*`, 'gi');
	return (text) => text.replace(secret, '***');
}
