/* Text codings that ids, notes and fingerprints need: base64 and base64url, hex, UTF-8 checks. */
#ifndef IC_BASE_TEXT_H
#define IC_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Characters that n bytes take, without a terminator. */
#define IC_BASE64URL_LEN(n) (((n)*4 + 2) / 3)

/* Encode n bytes; writes IC_BASE64URL_LEN(n) characters and a terminator to out. */
void ic_base64url_encode(const uint8_t *bytes, size_t n, char *out);
/* Decode exactly n bytes from len characters. Canonical only: no padding, unused bits zero.
 *  IC_ERR_INPUT  wrong length or character; out untouched */
IC_NODISCARD enum ic_err ic_base64url_decode(const char *text, size_t len, uint8_t *out, size_t n);

/* The same with the standard alphabet and with padding (RFC 4648 4). */
#define IC_BASE64_LEN(n) (((n) + 2) / 3 * 4)

/* Writes IC_BASE64_LEN(n) characters and a terminator to out. */
void ic_base64_encode(const uint8_t *bytes, size_t n, char *out);
/* How many bytes the text stands for. Canonical only, as below.
 *  IC_ERR_INPUT  not base64; n untouched */
IC_NODISCARD enum ic_err ic_base64_check(const char *text, size_t len, size_t *n);
/* Decode exactly n bytes from len characters. Canonical only: padded, unused bits zero.
 *  IC_ERR_INPUT  wrong length or character; out untouched */
IC_NODISCARD enum ic_err ic_base64_decode(const char *text, size_t len, uint8_t *out, size_t n);

#define IC_FINGERPRINT_LEN      32
#define IC_FINGERPRINT_TEXT_LEN 95
/* "AB:CD:…" of a SHA-256 fingerprint (RFC 8122 5), terminated. */
void ic_fingerprint_encode(const uint8_t fingerprint[static IC_FINGERPRINT_LEN],
                           char out[static IC_FINGERPRINT_TEXT_LEN + 1]);
/*  IC_ERR_INPUT  not 32 upper- or lower-case hex pairs joined by colons */
IC_NODISCARD enum ic_err ic_fingerprint_decode(const char *text, size_t len,
                                               uint8_t out[static IC_FINGERPRINT_LEN]);

/* A number in decimal digits, without leading zeros.
 *  IC_ERR_INPUT  it is none, or beyond 64 bits; out untouched */
IC_NODISCARD enum ic_err ic_decimal_decode(const char *text, size_t len, uint64_t *out);

/* One code point of well-formed UTF-8 from text[*at] on, *at moved behind it; -1 when malformed or
 * at the end. */
int32_t ic_utf8_next(const char *text, size_t len, size_t *at);

#endif
