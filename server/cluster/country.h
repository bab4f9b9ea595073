/* Countries by their codes of ISO 3166-1 alpha-2, and the groups that people know them by. The
 * table is that of the release (docs/protocol/nodes.md 6): nobody else says what "EU" is. */
#ifndef IC_CLUSTER_COUNTRY_H
#define IC_CLUSTER_COUNTRY_H

#include <stdbool.h>
#include <stddef.h>

#define IC_COUNTRY_LEN       2
#define IC_COUNTRY_GROUP_MAX 4 /* characters of a group's name */

enum ic_country_group {
    IC_COUNTRY_EEA,
    IC_COUNTRY_EFTA,
    IC_COUNTRY_EU,
    IC_COUNTRY_FVEY,
    IC_COUNTRY_GROUPS, /* how many */
};

/* The two characters are a code that is assigned. */
bool ic_country_is_known(const char code[static IC_COUNTRY_LEN]);
/* The group of this name, into *out; false: there is none, out untouched. */
bool ic_country_group_find(const char *name, size_t len, enum ic_country_group *out);
/* Its name, terminated. */
const char *ic_country_group_name(enum ic_country_group group);
bool ic_country_is_in(const char code[static IC_COUNTRY_LEN], enum ic_country_group group);

#endif
