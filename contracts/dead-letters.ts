import { z } from 'zod';

/** Why a record was refused. The code is one of `TNA_CONTRACT_*`. */
export const deadLetters = z
  .looseObject({
    dead_letter_id: z.string().min(1).describe('`topic/partition/offset` of the refused record.'),
    code: z.string().min(1).describe('Reason code, one of TNA_CONTRACT_*.'),
    field: z.string().optional().describe('The field that broke the contract, where one did.'),
    message: z.string().min(1).describe('One sentence: what was wrong.'),
    origin_topic: z.string().min(1).describe('Topic that held the record.'),
    origin_partition: z.int().min(0).describe('Partition that held the record.'),
    origin_offset: z.int().min(0).describe('Offset of the record.'),
    origin_key: z.string().optional().describe('Key of the record.'),
    received_at: z.string().min(1).describe('When the log received the record: RFC 3339, UTC.'),
    raw: z.string().describe('The value as it came: UTF-8 text, or base64 where it is not UTF-8.'),
    raw_encoding: z.enum(['utf8', 'base64', 'null']).describe('How `raw` is to be read.'),
  })
  .meta({ id: 'dead_letters', title: 'A refused record' });
