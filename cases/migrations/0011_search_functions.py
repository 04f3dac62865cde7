"""The walk over the search index as functions of the database: one call a search, plans kept by the session."""

from django.db import migrations

# Called from `cases.search.find`, which says what each step is for. The settings stand at the outer function: reading
# every vector is dearer than Postgres knows, and one plan serves every query.
CREATE = """
CREATE FUNCTION library_markers(letter text, top bigint, count integer) RETURNS tsquery LANGUAGE sql IMMUTABLE AS $$
    SELECT string_agg(quote_literal('#' || letter || number), ' | ')::tsquery
    FROM generate_series(greatest(top - count + 1, 0), top) AS number
$$;

CREATE FUNCTION library_hits(wanted tsquery, size integer) RETURNS bigint[] LANGUAGE plpgsql STABLE AS $$
BEGIN
    -- `+ 0`: else Postgres may walk the primary key from its end, which reads the vector of every row it passes.
    RETURN ARRAY(SELECT id FROM cases_libraryindex WHERE words @@ wanted ORDER BY id + 0 DESC LIMIT size);
END
$$;

CREATE FUNCTION library_newest(
    wanted tsquery, size integer, blocks integer, block integer, shelf integer, shelves integer,
    OUT hits bigint[], OUT is_complete boolean, OUT is_dense boolean
) LANGUAGE plpgsql STABLE AS $$
DECLARE
    top bigint := coalesce((SELECT max(id) FROM cases_libraryindex), 0);
    needed bigint;
    step integer;
BEGIN
    is_dense := true;
    hits := library_hits(wanted && library_markers('b', top / block, blocks), size + 1);
    IF cardinality(hits) <= size AND blocks * block <= top THEN
        is_dense := false;
        needed := size::bigint * blocks * block / greatest(cardinality(hits), 1);
        IF needed < shelves * shelf THEN
            step := needed / shelf + 2; -- the newest shelf may be nearly empty
            hits := '{}';
            FOR at IN REVERSE top / shelf .. 0 BY step LOOP
                hits := hits || library_hits(wanted && library_markers('s', at, step), size + 1);
                EXIT WHEN cardinality(hits) > size;
            END LOOP;
        ELSE -- where more shelves would be needed, collecting all is cheaper
            hits := library_hits(wanted, size + 1);
        END IF;
    END IF;
    is_complete := cardinality(hits) <= size;
    hits := hits[:size];
END
$$;

CREATE FUNCTION library_best(
    wanted tsquery, in_title tsquery, in_names tsquery, title tsquery, names tsquery, ranked tsquery,
    size integer, blocks integer, block integer, shelf integer, shelves integer,
    OUT entries bigint[], OUT is_complete boolean
) LANGUAGE plpgsql STABLE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    newest record;
    heads bigint[];
    chosen bigint[];
BEGIN
    newest := library_newest(wanted, size, blocks, block, shelf, shelves);
    chosen := newest.hits;
    is_complete := newest.is_complete;
    IF NOT is_complete THEN
        IF newest.is_dense THEN
            heads := (library_newest(in_title, size, blocks, block, shelf, shelves)).hits;
            IF cardinality(heads) < size THEN
                heads := heads || (library_newest(in_names, size, blocks, block, shelf, shelves)).hits;
            END IF;
        ELSE
            heads := ARRAY(
                SELECT id FROM cases_libraryindex WHERE words @@ in_names
                ORDER BY ranking @@ title DESC, id + 0 DESC LIMIT size + 1
            );
        END IF;
        chosen := ARRAY(
            SELECT id FROM unnest(heads || chosen) WITH ORDINALITY AS listed(id, place)
            GROUP BY id ORDER BY min(place) LIMIT size
        );
    END IF;
    entries := ARRAY(
        SELECT entry_id FROM cases_libraryindex WHERE id = ANY(chosen) ORDER BY
        CASE WHEN ranking @@ title THEN 0 WHEN ranking @@ names THEN 1 ELSE 2 END,
        ts_rank('{0.1, 0.3, 0.6, 1.0}', ranking, ranked) DESC, id DESC
    );
END
$$;
"""
DROP = """
DROP FUNCTION library_best(
    tsquery, tsquery, tsquery, tsquery, tsquery, tsquery, integer, integer, integer, integer, integer
);
DROP FUNCTION library_newest(tsquery, integer, integer, integer, integer, integer);
DROP FUNCTION library_hits(tsquery, integer);
DROP FUNCTION library_markers(text, bigint, integer);
"""


class Migration(migrations.Migration):
    """Four functions."""

    dependencies = [("cases", "0010_photo_size_bytes")]

    operations = [migrations.RunSQL(CREATE, DROP)]
