/* The file that payload_tap.c writes and `payloads` reads: every media packet that the server
 * received, with SRTP taken off. After the magic, records, numbers big-endian:
 *
 *   u64 track, u64 extended sequence, u8 enum ic_codec, u8 marker, u16 length, payload */
#ifndef IC_TESTS_AUDIT_TAP_H
#define IC_TESTS_AUDIT_TAP_H

#define TAP_MAGIC      "IC tap 1"
#define TAP_MAGIC_LEN  8
#define TAP_RECORD_LEN 20 /* without the payload */

#endif
