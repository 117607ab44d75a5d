// SPDX-License-Identifier: GPL-2.0-only
// Reading a JSON object that another program has written.
#pragma once

#include "base/error.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace famfs::status {

/// The fields of one object, by key. The first that is missing or of another kind than asked for is the error,
/// and names the key; values that could not be read stay as they were.
class Fields {
public:
    /// Both outlive it. @what names the object in the error: "usage", or "" for the whole text.
    Fields(const nlohmann::ordered_json &object, std::string what, std::optional<base::Error> &error);

    void read(const char *key, std::string &value) const;
    void read(const char *key, std::optional<std::string> &value) const; ///< null: absent
    void read(const char *key, bool &value) const;
    void read(const char *key, std::uint64_t &value) const;
    void read(const char *key, std::uint32_t &value) const;
    void read(const char *key, std::int64_t &value) const;
    void read(const char *key, std::optional<std::int64_t> &value) const; ///< null: absent
    [[nodiscard]] Fields object(const char *key) const;
    /// Calls @read(Fields) for each element.
    template <class Read>
    void each(const char *key, Read read) const {
        const auto *list = find(key);
        if (list == nullptr)
            return;
        if (!list->is_array())
            return odd(key, "a list");
        for (std::size_t i = 0; i < list->size(); i++)
            read(Fields((*list)[i], name(key) + "[" + std::to_string(i) + "]", error_));
    }
    /// @value is none of those that can be.
    void odd(const char *key, const char *wanted) const;

private:
    [[nodiscard]] const nlohmann::ordered_json *find(const char *key) const;
    [[nodiscard]] std::string name(const char *key) const;
    void fail(const std::string &name, const std::string &why) const;

    const nlohmann::ordered_json &object_;
    std::string what_;
    std::optional<base::Error> &error_;
};

/// EINVAL: it is no JSON.
base::Expected<nlohmann::ordered_json> parse_json(std::string_view text);

} // namespace famfs::status
