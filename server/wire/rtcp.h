/* RTCP: compound packets, reports, source description, and the feedback that this server speaks
 * (RFC 3550 6, RFC 4585 6, RFC 5104 4.3.1, reduced size RFC 5506). Left out: APP, XR, REMB, which
 * are stepped over. Transport-wide feedback is in twcc.h. */
#ifndef IC_WIRE_RTCP_H
#define IC_WIRE_RTCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/rd.h"
#include "base/wr.h"

enum ic_rtcp_type {
    IC_RTCP_SR = 200,
    IC_RTCP_RR = 201,
    IC_RTCP_SDES = 202,
    IC_RTCP_BYE = 203,
    IC_RTCP_RTPFB = 205, /* transport layer feedback, RFC 4585 6.1 */
    IC_RTCP_PSFB = 206,  /* payload specific feedback */
};

#define IC_RTCP_RTPFB_NACK 1  /* RFC 4585 6.2.1 */
#define IC_RTCP_RTPFB_TWCC 15 /* draft-holmer-rmcat-transport-wide-cc-extensions-01 3.1 */
#define IC_RTCP_PSFB_PLI   1  /* RFC 4585 6.3.1 */
#define IC_RTCP_PSFB_FIR   4  /* RFC 5104 4.3.1 */

#define IC_RTCP_BLOCKS_MAX 31  /* RFC 3550 6.4.1: RC has five bits */
#define IC_RTCP_CNAME_MAX  255 /* RFC 3550 6.5: the length has eight bits */

/* RFC 5761 4: the second byte of RTCP lies in 192..223, where no RTP packet type with marker may
 * be. False for less than two bytes. */
bool ic_rtcp_is_rtcp(const uint8_t *packet, size_t len);

/* ---- reading ---- */

/* Walk over a compound packet. Borrows the bytes while it is used. */
struct ic_rtcp {
    struct ic_rd rd;
    bool bad; /* malformed from here on */
};

/* One packet of the compound. */
struct ic_rtcp_packet {
    uint8_t type;      /* enum ic_rtcp_type or another */
    uint8_t count;     /* RC, SC or FMT: the five bits behind padding */
    struct ic_rd body; /* behind the first four bytes, without padding; lent */
};

/* Start over a decrypted compound packet. */
void ic_rtcp_begin(struct ic_rtcp *r, const uint8_t *bytes, size_t len);
/* The next packet; false at the end or when malformed (then r->bad; what came before stands). */
bool ic_rtcp_next(struct ic_rtcp *r, struct ic_rtcp_packet *out);

/* Sender part of an SR. */
struct ic_rtcp_sender {
    uint32_t ssrc;
    uint64_t ntp; /* 32.32 seconds since 1900 */
    uint32_t rtp_ts;
    uint32_t packets;
    uint32_t octets; /* payload only */
};

/* One report block of an SR or RR. */
struct ic_rtcp_block {
    uint32_t ssrc;           /* the stream reported on */
    uint8_t fraction_lost;   /* 1/256 */
    int32_t cumulative_lost; /* 24 bits, signed */
    uint32_t highest_seq;    /* cycles << 16 | seq */
    uint32_t jitter;         /* clock ticks */
    uint32_t lsr;            /* middle 32 bits of the last SR's NTP; 0: none yet */
    uint32_t dlsr;           /* 1/65536 s */
};

/* Blocks of one report; borrows the packet. */
struct ic_rtcp_blocks {
    struct ic_rd rd;
    uint8_t left;
};

/*  IC_ERR_INPUT  not an SR or too short for its blocks; outputs untouched */
IC_NODISCARD enum ic_err ic_rtcp_parse_sr(const struct ic_rtcp_packet *p,
                                          struct ic_rtcp_sender *sender,
                                          struct ic_rtcp_blocks *blocks);
/*  reporter      SSRC of who reports
 *  IC_ERR_INPUT  not an RR or too short for its blocks; outputs untouched */
IC_NODISCARD enum ic_err ic_rtcp_parse_rr(const struct ic_rtcp_packet *p, uint32_t *reporter,
                                          struct ic_rtcp_blocks *blocks);
/* The next block; false when there are no more. */
bool ic_rtcp_blocks_next(struct ic_rtcp_blocks *blocks, struct ic_rtcp_block *out);

/* First CNAME of an SDES; copied and terminated.
 *  IC_ERR_INPUT  malformed or no CNAME; outputs untouched */
IC_NODISCARD enum ic_err ic_rtcp_parse_cname(const struct ic_rtcp_packet *p, uint32_t *ssrc,
                                             char cname[static IC_RTCP_CNAME_MAX + 1]);

/* SSRCs that say goodbye; borrows the packet.
 *  IC_ERR_INPUT  not a BYE or shorter than its count; out untouched */
IC_NODISCARD enum ic_err ic_rtcp_parse_bye(const struct ic_rtcp_packet *p, struct ic_rd *ssrcs);
/* The next of them; false when there are no more. */
bool ic_rtcp_bye_next(struct ic_rd *ssrcs, uint32_t *ssrc);

/* Lost sequence numbers of a generic NACK; borrows the packet. */
struct ic_rtcp_nack {
    uint32_t sender_ssrc;
    uint32_t media_ssrc;
    struct ic_rd rd;
    uint32_t blp; /* bits still to hand out; bit 0 is base itself */
    uint16_t base;
    uint16_t given; /* at most IC_RTCP_NACK_SEQS_MAX */
};

/*  IC_ERR_INPUT  not a generic NACK, empty or cut; out untouched */
IC_NODISCARD enum ic_err ic_rtcp_parse_nack(const struct ic_rtcp_packet *p,
                                            struct ic_rtcp_nack *out);
/* The next lost number; false when there are no more (or the LIMIT is reached). */
bool ic_rtcp_nack_next(struct ic_rtcp_nack *n, uint16_t *seq);

/* Picture loss indication for media_ssrc.
 *  IC_ERR_INPUT  not a PLI or too short; out untouched */
IC_NODISCARD enum ic_err ic_rtcp_parse_pli(const struct ic_rtcp_packet *p, uint32_t *media_ssrc);

/* Full intra request: the entries; borrows the packet.
 *  IC_ERR_INPUT  not a FIR, empty or cut; out untouched */
IC_NODISCARD enum ic_err ic_rtcp_parse_fir(const struct ic_rtcp_packet *p, struct ic_rd *entries);
/* The next stream asked for, and its command number; false when there are no more. */
bool ic_rtcp_fir_next(struct ic_rd *entries, uint32_t *media_ssrc, uint8_t *command);

/* ---- writing: each appends one whole packet; a full writer turns bad ---- */

/*  blocks  borrows; count <= IC_RTCP_BLOCKS_MAX (asserted) */
void ic_rtcp_write_sr(struct ic_wr *w, const struct ic_rtcp_sender *sender,
                      const struct ic_rtcp_block *blocks, size_t count);
void ic_rtcp_write_rr(struct ic_wr *w, uint32_t reporter, const struct ic_rtcp_block *blocks,
                      size_t count);
/*  cname  text of 1..255 bytes (asserted) */
void ic_rtcp_write_cname(struct ic_wr *w, uint32_t ssrc, const char *cname);
/*  ssrcs  count 1..31 (asserted) */
void ic_rtcp_write_bye(struct ic_wr *w, const uint32_t *ssrcs, size_t count);
/* Generic NACK; numbers that lie within 16 of each other share an entry.
 *  seqs  oldest first, count > 0 (asserted) */
void ic_rtcp_write_nack(struct ic_wr *w, uint32_t sender_ssrc, uint32_t media_ssrc,
                        const uint16_t *seqs, size_t count);
void ic_rtcp_write_pli(struct ic_wr *w, uint32_t sender_ssrc, uint32_t media_ssrc);
/*  command  rises by one for each new request, stays for a repeated one */
void ic_rtcp_write_fir(struct ic_wr *w, uint32_t sender_ssrc, uint32_t media_ssrc, uint8_t command);

#endif
