package filter_test

import (
	"fmt"

	"github.com/seed4837efcb/groundwork/filter"
)

func Example() {
	f := filter.And(filter.Eq("lang", "ko"), filter.Ge("year", 2024), filter.Ne("status", "draft"))
	fmt.Println(f)

	typed, err := filter.Parse(`lang = 'ko' and (year >= 2024 or tag in ("new", "pinned"))`)
	if err != nil {
		fmt.Println(err)
		return
	}
	chunk := map[string]any{"lang": "ko", "year": 2019.0, "tag": []string{"pinned"}}
	get := func(field string) (any, bool) { v, ok := chunk[field]; return v, ok }
	fmt.Println(filter.Match(f, get), filter.Match(typed, get))

	_, err = filter.Parse(`lang = ko`)
	fmt.Println(err)
	// Output:
	// lang = "ko" and year >= 2024 and status != "draft"
	// false true
	// filter: column 8: expected a value: "text" in quotes, a number, a date, true or false, found "ko"
}
