/** A process of its own: writes records of one stream, many times, beside whoever else writes. */
import { systemDisk } from '../../../runtime/record/disk.ts';
import { writeRecordFile } from '../../../runtime/record/record-file.ts';
import { recordOf } from './samples.ts';

const [file = '', unique = '', times = ''] = process.argv.slice(2);
for (let nth = 0; nth < Number(times); nth += 1) await writeRecordFile(file, recordOf(unique), systemDisk);
