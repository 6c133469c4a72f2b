import { settlement } from '../../nodes/MoEngageCohortSync/model/change';

settlement.onSecondOutcome = () => {
	throw new Error('A change got a second outcome');
};
