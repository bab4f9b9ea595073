#include "cluster/country.h"

#include <string.h>

/* The officially assigned codes of ISO 3166-1 alpha-2, each behind a space. */
static const char countries[] =
    " AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ"
    " BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ"
    " CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ"
    " DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR"
    " GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY"
    " HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP"
    " KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY"
    " MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ"
    " NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY"
    " QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ"
    " TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ"
    " UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

#define EU " AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"

static const struct {
    const char *name, *countries;
} groups[] = {
    [IC_COUNTRY_EEA] = {"EEA", EU " IS LI NO"},
    [IC_COUNTRY_EFTA] = {"EFTA", " CH IS LI NO"},
    [IC_COUNTRY_EU] = {"EU", EU},
    [IC_COUNTRY_FVEY] = {"FVEY", " AU CA GB NZ US"},
};

static bool has(const char *list, const char code[static IC_COUNTRY_LEN])
{
    for (; *list != '\0'; list += 1 + IC_COUNTRY_LEN)
        if (memcmp(list + 1, code, IC_COUNTRY_LEN) == 0)
            return true;
    return false;
}

bool ic_country_is_known(const char code[static IC_COUNTRY_LEN])
{
    return has(countries, code);
}

bool ic_country_group_find(const char *name, size_t len, enum ic_country_group *out)
{
    for (unsigned i = 0; i < IC_COUNTRY_GROUPS; i++)
        if (strlen(groups[i].name) == len && memcmp(groups[i].name, name, len) == 0) {
            *out = (enum ic_country_group)i;
            return true;
        }
    return false;
}

const char *ic_country_group_name(enum ic_country_group group)
{
    return groups[group].name;
}

bool ic_country_is_in(const char code[static IC_COUNTRY_LEN], enum ic_country_group group)
{
    return has(groups[group].countries, code);
}
