// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/image/alloc_config.h"

#include "base/size_text.h"
#include "base/text.h"
#include "base/try.h"
#include "base/whole_file.h"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <set>
#include <string_view>
#include <yaml-cpp/yaml.h>

namespace famfs::ctl {

namespace {

constexpr const char *section = "interleaved_alloc";
constexpr std::uint32_t max_buckets = 64;

struct Field {
    std::string_view name;
    const char *expected;
    bool (*set)(std::uint64_t value, media::Striping &striping); ///< false: not as expected
};

constexpr std::array<Field, 3> fields = {{
    {"nbuckets", "a number from 1 to 64",
     [](std::uint64_t value, media::Striping &striping) {
         striping.buckets = static_cast<std::uint32_t>(value);
         return value >= 1 && value <= max_buckets;
     }},
    {"nstrips", "a number from 1 to 16",
     [](std::uint64_t value, media::Striping &striping) {
         striping.strips = static_cast<std::uint32_t>(value);
         return value >= 1 && value <= media::max_strips;
     }},
    {"chunk_size", "a size such as 2M: a power of two, at least 4 KiB",
     [](std::uint64_t value, media::Striping &striping) {
         striping.chunk = value;
         return std::has_single_bit(value) && value >= media::small_alloc_unit;
     }},
}};

/// Digits and at most one of kKmMgG: what famfs reads.
std::optional<std::uint64_t> parse_plain_size(std::string_view text) {
    const std::size_t digits = text.find_first_not_of("0123456789");
    const std::string_view suffix = digits == std::string_view::npos ? "" : text.substr(digits);
    const bool plain =
        suffix.empty() || (suffix.size() == 1 && std::string_view("kKmMgG").contains(suffix[0]));
    return plain ? base::parse_size(text) : std::nullopt;
}

std::unexpected<base::Error> refuse(const std::string &path, const YAML::Mark &mark, const std::string &field,
                                    const std::string &hint) {
    // yaml-cpp counts lines from 0, and has -1 where it knows none.
    return base::fail(EINVAL, "read",
                      path + " line " + std::to_string(std::max(mark.line, 0) + 1) + ", " + field, hint);
}

base::Expected<void> read_field(const YAML::Node &key, const YAML::Node &value, const std::string &path,
                                media::Striping &striping) {
    const std::string name = key.IsScalar() ? key.Scalar() : "";
    const std::string full_name = std::string(section) + "." + base::escape(name);
    const auto *field = std::ranges::find(fields, name, &Field::name);
    if (field == fields.end())
        return refuse(path, key.Mark(), full_name, "known are nbuckets, nstrips and chunk_size");
    const auto number = value.IsScalar() ? parse_plain_size(value.Scalar()) : std::nullopt;
    if (!number || !field->set(*number, striping))
        return refuse(path, value.Mark(), full_name,
                      "found " + (value.IsScalar() ? base::quote(value.Scalar()) : "no value") +
                          ", expected " + field->expected);
    return {};
}

base::Expected<media::Striping> read_section(const YAML::Node &node, const std::string &path) {
    if (!node.IsMap())
        return refuse(path, node.Mark(), section, "expected nbuckets, nstrips and chunk_size below it");
    media::Striping striping;
    std::set<std::string> seen;
    for (const auto &entry : node) {
        FAMFS_TRY(read_field(entry.first, entry.second, path, striping));
        if (!seen.insert(entry.first.Scalar()).second)
            return refuse(path, entry.first.Mark(), std::string(section) + "." + entry.first.Scalar(),
                          "it is there twice");
    }
    if (striping.strips == 0)
        return refuse(path, node.Mark(), std::string(section) + ".nstrips", "it is missing");
    if (striping.buckets != 0 && striping.strips > striping.buckets)
        return refuse(path, node.Mark(), std::string(section) + ".nstrips",
                      "there are more strips than buckets");
    return striping;
}

base::Expected<media::Striping> read_document(const YAML::Node &document, const std::string &path) {
    if (!document.IsMap() || document.size() != 1)
        return refuse(path, document.Mark(), "top level",
                      std::string("expected ") + section + " and nothing else");
    const auto entry = document.begin();
    if (!entry->first.IsScalar() || entry->first.Scalar() != section)
        return refuse(path, entry->first.Mark(), "top level", std::string("expected ") + section);
    return read_section(entry->second, path);
}

} // namespace

base::Expected<media::Striping> parse_alloc_config(const std::string &text, const std::string &path) {
    try {
        return read_document(YAML::Load(text), path);
    } catch (const YAML::Exception &error) {
        return refuse(path, error.mark, "syntax", error.msg);
    }
}

base::Expected<media::Striping> read_alloc_config(const std::string &path) {
    constexpr std::size_t most = std::size_t{64} * 1024; ///< bytes; such a file has a hundred
    const auto text = FAMFS_TRY(base::read_whole_file(path, most));
    return parse_alloc_config(text, path);
}

} // namespace famfs::ctl
