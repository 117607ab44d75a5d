// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/media/check/entry_report.h"

#include "daemon/media/format/layout.h"

#include <utility>

namespace famfs::media {

void EntryReport::error(const char *code, std::string field, std::size_t at, std::string found,
                        std::string expected, const std::string &advice) {
    add(Severity::error, code, std::move(field), at, std::move(found), std::move(expected), advice);
}

void EntryReport::warning(const char *code, std::string field, std::size_t at, std::string found,
                          std::string expected, const std::string &advice) {
    add(Severity::warning, code, std::move(field), at, std::move(found), std::move(expected), advice);
}

void EntryReport::add(Severity severity, const char *code, std::string field, std::size_t at,
                      std::string found, std::string expected, const std::string &advice) {
    problems_.add({code,
                   severity,
                   static_cast<std::int64_t>(index_),
                   entry_offset(index_) + at,
                   std::move(field),
                   std::move(found),
                   std::move(expected),
                   {}},
                  advice);
}

} // namespace famfs::media
