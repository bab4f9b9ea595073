/* Configuration: one table of settings (config.c) makes the file format, the environment names, the
 * flags, the help and the commented sample. Precedence: flag, environment, file, default. Anything
 * unknown is refused with its place and the nearest name. */
#ifndef IC_SHELL_CONFIG_H
#define IC_SHELL_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/limits.h"
#include "shell/web_server.h"

#define IC_CONFIG_TEXT_MAX     256
#define IC_CONFIG_WHY_MAX      512
#define IC_CONFIG_TAGS_MAX     8
#define IC_CONFIG_TAG_MAX      64 /* with the terminator */
#define IC_CONFIG_DEFAULT_FILE "/etc/incamera/incamera.conf"

enum ic_config_tls { IC_CONFIG_TLS_ON, IC_CONFIG_TLS_OFF, IC_CONFIG_TLS_SELF_SIGNED };

/* Who encrypts media: the fastest one that runs here, or this one. */
enum ic_config_crypto {
    IC_CONFIG_CRYPTO_AUTO,
    IC_CONFIG_CRYPTO_OPENSSL,
    IC_CONFIG_CRYPTO_IPSEC_MB
};

struct ic_config {
    bool is_dev, is_lan;
    struct ic_addr listen[IC_WEB_LISTEN_MAX];
    size_t listen_count;
    unsigned tls; /* enum ic_config_tls */
    char tls_cert[IC_CONFIG_TEXT_MAX], tls_key[IC_CONFIG_TEXT_MAX];
    char origins[IC_WEB_ORIGINS_MAX][IC_CONFIG_TEXT_MAX];
    size_t origin_count;
    struct ic_web_issuer issuers[IC_WEB_ISSUERS_MAX];
    size_t issuer_count;
    struct ic_addr media_address[IC_CANDIDATES_MAX]; /* what is announced; port unused */
    size_t media_address_count;                      /* 0: the addresses of this machine */
    uint16_t media_port, media_udp_base, relay_port;
    uint32_t media_workers; /* 0: one per core */
    uint32_t coalesce_us;   /* 0: packets are read as they come */
    unsigned crypto_engine; /* enum ic_config_crypto */
    char data_dir[IC_CONFIG_TEXT_MAX];
    char log_folder[IC_CONFIG_TEXT_MAX]; /* "": no log is served */
    char node_name[IC_CONFIG_TEXT_MAX];  /* "": the host of the first origin */
    char node_region[8];                 /* a country; "": not told */
    char node_site[64];                  /* latitude longitude radius; "": not told */
    char node_entity[IC_CONFIG_TEXT_MAX];
    char nats_url[IC_CONFIG_TEXT_MAX]; /* of the bus between nodes; "": this node is alone */
    char nats_credentials[IC_CONFIG_TEXT_MAX], nats_ca[IC_CONFIG_TEXT_MAX];
    char cluster_name[IC_CONFIG_TAG_MAX];
    char placement_tags[IC_CONFIG_TAGS_MAX][IC_CONFIG_TAG_MAX];
    size_t placement_tag_count;
    uint32_t participants_max, meeting_members_max, connections_max, connections_per_address_max;
    bool log_is_text;
    uint32_t drain_timeout_s;
    const char *file; /* that was read; NULL: none. Lent by the source */
};

/* What the command line says besides settings. */
struct ic_config_source {
    const char *file;         /* --config; NULL: the default file if it exists, none with --dev */
    const char *const *flags; /* "--key=value" or "--key" "value", --dev, --lan */
    int flag_count;
    const char *const *environment; /* "NAME=value", NULL at the end */
    bool is_draft;                  /* settings that do not fit together are told, not refused */
};

/* Fill config from all sources.
 *  why  on error: what is wrong, where, and the next step; terminated. Also of a draft that the
 *       server would refuse; else empty
 *  IC_ERR_INPUT  refused */
IC_NODISCARD enum ic_err ic_config_read(struct ic_config *config,
                                        const struct ic_config_source *source,
                                        char why[static IC_CONFIG_WHY_MAX]);
/* One line a setting for --help. */
void ic_config_help(FILE *out);
/* The settings in force, as a file (or one JSON object). */
void ic_config_print(const struct ic_config *config, bool is_json, FILE *out);
/* UDP port of worker i. */
uint16_t ic_config_media_port(const struct ic_config *config, uint32_t worker);

#endif
